/** The first type, which has to fit into the second one: else the program does not compile. */
export type Same<Given extends Expected, Expected> = Given;
