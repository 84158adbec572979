/** The rate at which each device is asked, but for boards that cannot keep up with it. */
export const ratePerSecond = 40;

/**
 * Limits for a story of two minutes: a real rollout would watch a trial for minutes to hours. A latency verdict wants
 * two seconds' worth of requests, so that the coordinator can be killed in the middle of a trial, and looks back far
 * enough to find as many where they come at a quarter of the rate.
 */
const settings = {
  windowSeconds: 10,
  windowInferencesMin: 2 * ratePerSecond,
  errorRateWindowSeconds: 10,
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
