/** The rate at which each device is asked, but for boards that cannot keep up with it. */
export const ratePerSecond = 40;

/**
 * Limits for a story of two minutes: a real rollout would watch a trial for minutes to hours. A verdict on the latency
 * then wants ten seconds with requests, so that chance does not explain it, and the coordinator can be killed meanwhile.
 */
const settings = {
  windowSeconds: 20,
  windowInferencesMin: 2 * ratePerSecond,
  errorRateWindowSeconds: 60,
  evidenceInferencesMin: 2 * ratePerSecond,
  trialSecondsMax: 120,
  heartbeatSeconds: 1,
};

/** Long enough for evidence; for a package that is to be found out, longer than a verdict takes. */
export const soakSeconds = { good: 4, bad: 90 } as const;

/** As options of `liquid-lln deploy`. */
export function shortPolicyOptions(soak: keyof typeof soakSeconds): readonly string[] {
  const others = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  return ['--soak', `${soakSeconds[soak]}s`, ...others];
}

/** As options of `liquid-lln deploy`: this fleet has neither a simulation nor anybody to tell, and says so in its audit log. */
export const overChecklist: readonly string[] = [
  '--force',
  '--reason',
  'a demonstration: there is no simulation to verify in, no channel and nobody to tell',
];
