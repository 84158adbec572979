import { type ErrorCode, LlnError } from '@liquid-lln/protocol';

/** The kernel's status codes (kernel/include/lln/lln.h) and the errors that they are to a caller. */
export const kernelStatuses: Readonly<Record<string, { readonly status: number; readonly code: ErrorCode }>> = {
  ARGUMENT: { status: -1, code: 'KERNEL_FAILED' },
  ALIGNMENT: { status: -2, code: 'KERNEL_FAILED' },
  TRUNCATED: { status: -3, code: 'IMAGE_INVALID' },
  MAGIC: { status: -4, code: 'IMAGE_INVALID' },
  ABI: { status: -5, code: 'IMAGE_ABI_UNSUPPORTED' },
  LENGTH: { status: -6, code: 'IMAGE_INVALID' },
  CHECKSUM: { status: -7, code: 'IMAGE_INVALID' },
  HEADER: { status: -8, code: 'IMAGE_INVALID' },
  DIRECTORY: { status: -9, code: 'IMAGE_INVALID' },
  TABLE: { status: -10, code: 'IMAGE_INVALID' },
  TOO_MUCH_WORK: { status: -11, code: 'IMAGE_INVALID' },
  INPUT: { status: -12, code: 'INPUT_INVALID' },
  TIME_STEP: { status: -13, code: 'INPUT_INVALID' },
  MEMORY: { status: -14, code: 'KERNEL_FAILED' },
};

const codeOf = new Map(Object.values(kernelStatuses).map(({ status, code }) => [status, code]));

/** The error for a negative status; `reason` is the kernel's own words for it. */
export function errorOfStatus(status: number, reason: string): LlnError {
  return new LlnError(codeOf.get(status) ?? 'KERNEL_FAILED', `the kernel refused: ${reason}`, { status });
}
