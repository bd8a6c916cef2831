export const FEATURES: readonly string[] = ['MULTIPLE_KEY_VALUES_PER_SECRET', 'LIST', 'GET_MANY', 'PING', 'WATCH'];
