/** What clients may take of the gateway, together and each. */
export interface HttpLimits {
  /** Open connections; further ones are closed as soon as they are accepted. */
  readonly connectionsMax: number;
  /** Memory for the bodies of all requests in work, beside the first `bodyFreeBytes` of each. */
  readonly bodiesBytesMax: number;
  /** Time for a request's headers; also for a connection that says nothing at all. */
  readonly headersTimeoutMs: number;
  /** Time for a whole request, body included. */
  readonly requestTimeoutMs: number;
  /** How often the two times above are looked at. */
  readonly checkPeriodMs: number;
}

export const defaultHttpLimits: HttpLimits = {
  connectionsMax: 1_000,
  bodiesBytesMax: 32 * 1024 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  checkPeriodMs: 2_000,
};
