import type { SensorReadings, Sensors } from '../ports/sensors.js';

/** A machine without sensors, until a test gives it some. */
export class FakeSensors implements Sensors {
  readings: SensorReadings = {
    energyMw: null,
    temperatureC: null,
    memoryRatio: null,
    system: {
      cpuRatio: null,
      memoryTotalBytes: null,
      memoryUsedBytes: null,
      memoryLimitBytes: null,
      agentRssBytes: 0,
      uptimeSeconds: 0,
      machineUptimeSeconds: null,
      load1: null,
    },
  };

  read(): SensorReadings {
    return this.readings;
  }
}
