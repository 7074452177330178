/** Where the brokers of an instance listen, unless it is said: the Flux Operator's choice, which all clusters share. */
export const BROKER_PORT = 8050;
