import type { BoardFigures, HealthMessage, SourcedFigure } from '@liquid-lln/protocol';

/** The figures of whatever runs networks; null where it has no such sensor. */
export interface SensorReadings {
  readonly energyMw: SourcedFigure;
  readonly temperatureC: SourcedFigure;
  readonly memoryRatio: number | null;
  readonly system: HealthMessage['system'];
  /** Of a board that has answered. */
  readonly board?: BoardFigures;
  /** How long a board has been out of service; absent while it answers. */
  readonly silentSeconds?: number;
}

export interface Sensors {
  /** Reads all sensors anew; a sensor that fails reads as null. */
  read(): SensorReadings;
}
