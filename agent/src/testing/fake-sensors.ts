import { unknownSystem } from '../domain/unknown-system.js';
import type { SensorReadings, Sensors } from '../ports/sensors.js';

/** A machine without sensors, until a test gives it some. */
export class FakeSensors implements Sensors {
  readings: SensorReadings = {
    energyMw: null,
    temperatureC: null,
    memoryRatio: null,
    system: unknownSystem,
  };

  read(): SensorReadings {
    return this.readings;
  }
}
