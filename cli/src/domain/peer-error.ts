import { type ErrorCode, errorRegistry, type errorReportSchema, LlnError } from '@liquid-lln/protocol';
import type * as v from 'valibot';

type PeerReport = v.InferOutput<typeof errorReportSchema>;

/** The error that another program reported. A code that only a newer peer knows is kept in the words and the context. */
export function errorFromReport(report: PeerReport): LlnError {
  if (isErrorCode(report.code)) return new LlnError(report.code, report.message, report.context);
  const message = `${report.message} [${report.code}] ${report.remedy}`.trim();
  return new LlnError('INTERNAL', message, { ...report.context, peerCode: report.code });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorRegistry, code);
}
