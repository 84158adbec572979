/** A data folder that this process has: nobody else works on it. */
export interface HeldLock {
  /**
   * Gives a sign of life; it takes no room on the disk.
   * @throws LlnError LEADERSHIP_LOST if the folder is another process's now
   */
  beat(): Promise<void>;
  release(): Promise<void>;
}

/** Somebody else has it. */
export interface ForeignLock {
  readonly pid: number;
  /** Changes with each sign of life. */
  readonly sign: string;
  /**
   * Ends the process that has it, which may be stopped or hang, and waits until it is gone.
   * @throws LlnError PERMISSION_DENIED if it may not be ended, TIMED_OUT if it does not end
   */
  end(): Promise<void>;
}

/** The lock of a data folder. */
export interface LeaderLock {
  /** Takes the folder if nobody has it, or if whoever had it is gone. */
  tryTake(): Promise<{ readonly held: HeldLock } | { readonly foreign: ForeignLock }>;
}
