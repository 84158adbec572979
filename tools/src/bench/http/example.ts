/** The network that all of them serve: a CfC of 20 units with a wiring. */
export const exampleName = 'occupancy-cfc';

/** What every client asks: a room in the afternoon. */
export const exampleInput = [21.2, 26.5, 420, 720] as const;

export const requestBody = JSON.stringify({ input: exampleInput });
