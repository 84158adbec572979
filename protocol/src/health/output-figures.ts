/** What a device's outputs look like, without knowing what is right. */
export interface OutputFigures {
  /** Steps of the last full block; 0 before the first one is full. */
  readonly blockSteps: number;
  /** The share of that block's steps with an output at an end of its range; null without a range or a block. */
  readonly saturation: number | null;
  /** The distance of that block's outputs from the package's profile, 0 to 1; null without one of them. */
  readonly drift: number | null;
  /** Steps in a row with other inputs and the same outputs, up to now. */
  readonly stuckSteps: number;
  /** Whether the outputs have never changed since the package went live, however the inputs did. */
  readonly hasNeverChanged: boolean;
}
