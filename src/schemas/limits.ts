/** The longest delay that a timer takes: 24 days, in milliseconds. */
export const MAX_TIMEOUT = 2_147_483_647
