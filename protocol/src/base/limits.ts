/** Every bound that both sides of an interface must agree on. Each has its unit in its name. */
export const limits = {
  /** A model package. The largest network that a slot of an H743 could hold is under 1 MiB; gateways get room. */
  packageBytesMax: 16 * 1024 * 1024,
  manifestBytesMax: 1024 * 1024,
  signaturesMax: 8,
  /** One retained package chunk, and one chunk of an operator's upload. */
  chunkBytes: 64 * 1024,
  /** One MQTT message, chunk and envelope together. */
  messageBytesMax: 128 * 1024,
  /** A reply to an operator: lists of devices may be long. */
  replyBytesMax: 16 * 1024 * 1024,
  /** A request body of `POST /inference`. */
  httpBodyBytesMax: 1024 * 1024,
  /** Time steps in one sequence request. */
  sequenceStepsMax: 10_000,
  inputsMax: 4_096,
  unitsMax: 4_096,
  outputsMax: 4_096,
  /** Packages that a device remembers as rolled back. */
  quarantineMax: 64,
  /** Events that a device keeps for the coordinator while it is offline. */
  outboxEventsMax: 10_000,
  /** How long a set may be watched on after a switch: a week. */
  bakeSecondsMax: 7 * 24 * 3_600,
  /** How long a package may lie in a slot before it is dropped, or reminded of: ninety days. */
  stagedSecondsMax: 90 * 24 * 3_600,
  /** Log lines that a device keeps for `logs`. */
  logLinesMax: 1_000,
} as const;
