import { outside, room } from './parameters.js';

/**
 * Illuminance of the sky: a half sine from sunrise to sunset, dimmed by clouds.
 * @param clouds share of the light that they take, 0 to 1.
 */
export function skyLx(minuteOfDay: number, clouds: number): number {
  const share = (minuteOfDay / 60 - outside.sunriseHour) / (outside.sunsetHour - outside.sunriseHour);
  if (share <= 0 || share >= 1) return 0;
  return outside.skyLxMax * Math.sin(Math.PI * share) * (1 - clouds);
}

/** What the sensor sees: a share of the sky, and the lamps. */
export function roomLx(sky: number, areLampsOn: boolean): number {
  return sky * room.daylightFactor + (areLampsOn ? room.lampsLx : 0);
}
