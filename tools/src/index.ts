export { type Air, type Loads, relativeHumidityPct, stepAir } from './demo/room/air.js';
export { roomLx, skyLx } from './demo/room/light.js';
export { minutesPerDay } from './demo/room/occupancy.js';
export { type RoomMinute, type SensorReading, simulateRoom } from './demo/room/simulate.js';
