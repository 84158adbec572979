/** The rate at which each device is asked, but for boards that cannot keep up with it. */
export const ratePerSecond = 40;

/**
 * Limits for a story of two minutes: a real rollout would watch a trial for minutes to hours. A latency verdict wants
 * two seconds' worth of requests, so that the coordinator can be killed in the middle of a trial. It looks back over all
 * of a trial: a board that takes a quarter of the requests must not confirm before there is a verdict.
 */
const trialSecondsMax = 60;
const settings = {
  windowSeconds: trialSecondsMax,
  windowInferencesMin: 2 * ratePerSecond,
  errorRateWindowSeconds: trialSecondsMax,
  evidenceInferencesMin: 2 * ratePerSecond,
  trialSecondsMax,
  heartbeatSeconds: 1,
};

/** As options of `liquid-lln deploy`. */
export const shortPolicyOptions: readonly string[] = [
  '--soak',
  '4s',
  ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
];
