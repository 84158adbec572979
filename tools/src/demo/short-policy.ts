/** The rate at which each device is asked. */
export const ratePerSecond = 40;

/**
 * Limits for a story of two minutes: a real rollout would watch a trial for minutes to hours. A latency verdict wants
 * two seconds' worth of requests, so that the coordinator can be killed in the middle of a trial.
 */
const settings = {
  windowSeconds: 5,
  windowInferencesMin: 2 * ratePerSecond,
  errorRateWindowSeconds: 5,
  evidenceInferencesMin: 2 * ratePerSecond,
  trialSecondsMax: 60,
  heartbeatSeconds: 1,
};

/** As options of `liquid-lln deploy`. */
export const shortPolicyOptions: readonly string[] = [
  '--soak',
  '4s',
  ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
];
