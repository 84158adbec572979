import type { HealthMessage } from '@liquid-lln/protocol';

/** The figures of a machine that says nothing of itself. */
export const unknownSystem: HealthMessage['system'] = {
  cpuRatio: null,
  memoryTotalBytes: null,
  memoryUsedBytes: null,
  memoryLimitBytes: null,
  agentRssBytes: 0,
  uptimeSeconds: 0,
  machineUptimeSeconds: null,
  load1: null,
};
