import type { SensorReadings, Sensors } from '../ports/sensors.js';

/** A machine without sensors, until a test gives it some. */
export class FakeSensors implements Sensors {
  readings: SensorReadings = {
    energyMw: null,
    temperatureC: null,
    memoryRatio: null,
    system: { cpuRatio: null, memoryTotalBytes: null, memoryUsedBytes: null, agentRssBytes: 0, uptimeSeconds: 0 },
  };

  read(): SensorReadings {
    return this.readings;
  }
}
