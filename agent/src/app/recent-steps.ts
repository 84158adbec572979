/** As many steps as most networks need to forget how they began. */
const stepsMax = 64;
/** A session's share of the memory; wide inputs leave room for fewer steps. */
const bytesMax = 8 * 1024;

/** Steps that follow each other, with their time steps. */
export interface StepSequence {
  readonly inputs: Float32Array;
  readonly timeSteps: Float32Array;
}

interface Step {
  readonly inputs: Float32Array;
  readonly timeStep: number;
}

/** The last steps that a session has asked for, bounded. */
export class RecentSteps {
  #steps: Step[] = [];

  /** Steps of another input size are another network's: they begin the row anew. */
  add(inputs: Float32Array, timeSteps: Float32Array): void {
    const size = inputs.length / timeSteps.length;
    const roomMax = Math.min(stepsMax, Math.floor(bytesMax / (4 * (size + 1))));
    if (this.#steps[0]?.inputs.length !== size) this.#steps = [];
    const first = Math.max(0, timeSteps.length - roomMax);
    for (let step = first; step < timeSteps.length; step += 1) {
      this.#steps.push({ inputs: inputs.slice(step * size, (step + 1) * size), timeStep: timeSteps[step] ?? 0 });
    }
    if (this.#steps.length > roomMax) this.#steps.splice(0, this.#steps.length - roomMax);
  }

  /** All of them as one sequence for a network with that many inputs; null if there are none. */
  sequence(inputSize: number): StepSequence | null {
    const steps = this.#steps;
    if (steps[0]?.inputs.length !== inputSize) return null;
    const inputs = new Float32Array(steps.length * inputSize);
    for (const [index, step] of steps.entries()) inputs.set(step.inputs, index * inputSize);
    return { inputs, timeSteps: Float32Array.from(steps, ({ timeStep }) => timeStep) };
  }
}
