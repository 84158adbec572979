import type { HealthMessage, SourcedFigure } from '@liquid-lln/protocol';

/** The machine's own figures; null where it has no such sensor. */
export interface SensorReadings {
  readonly energyMw: SourcedFigure;
  readonly temperatureC: SourcedFigure;
  readonly memoryRatio: number | null;
  readonly system: HealthMessage['system'];
}

export interface Sensors {
  /** Reads all sensors anew; a sensor that fails reads as null. */
  read(): SensorReadings;
}
