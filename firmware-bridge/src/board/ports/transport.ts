/** A way to a board: a serial line, or a socket that carries the same bytes. */
export interface Transport {
  /** For messages. */
  readonly address: string;
  /**
   * Opens the line. `onClose` is called once, unless `close` was.
   * @throws LlnError BOARD_UNREACHABLE
   */
  open(handlers: ConnectionHandlers): Promise<Connection>;
}

export interface ConnectionHandlers {
  onBytes(bytes: Uint8Array): void;
  onClose(reason: string): void;
}

export interface Connection {
  /** Sends, or drops everything if the line has not taken enough of what was sent before. */
  write(bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** Bytes that may wait for a line that takes none: some messages, each tried again a few times. */
export const unsentBytesMax = 128 * 1024;
