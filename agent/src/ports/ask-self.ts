/** What an HTTP server answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Posts a body to one of the agent's own addresses, as a client. Rejects where no answer comes. */
export type AskSelf = (url: string, body: string) => Promise<HttpAnswer>;
