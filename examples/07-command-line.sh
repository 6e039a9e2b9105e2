# From a playbook: job in, report out, and an exit code that says whether to try again.
set -e
cat > incident-mailer.json <<'JSON'
{
  "from": "SOC <soc@example.com>",
  "transport": { "folder": "./outbox" }
}
JSON

# What would it say?
echo '{ "incident": { "id": 2139, "name": "Phishing" }, "template": "incident-summary" }' | incident-mailer render

# Send it. The report is JSON whenever nobody watches.
echo '{ "to": "ciso@example.com", "subject": "Phishing", "body": "Call me." }' | incident-mailer send --json

# A job that cannot be sent says why, and ends with 65: do not try again.
echo '{ "to": "ciso@example", "subject": "Phishing", "boddy": "Call me." }' | incident-mailer send || echo "exit code $?"
