/** The page's own address, whose first segment is the token. */
const base = new URL('.', location.href)

/** An address below it. */
export function address(path) {
  return new URL(path, base).href
}

/** Asks for what can be chosen. */
export async function getChoices() {
  const response = await fetch(address('choices'))
  return await answerOf(response)
}

/** Asks the server to do something. */
export async function ask(path, body, signal) {
  const response = await fetch(address(path), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  })
  return await answerOf(response)
}

async function answerOf(response) {
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.message ?? `the preview answered with ${response.status}`)
  return answer
}
