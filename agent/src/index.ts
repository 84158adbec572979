export { DurableStorage, type StorageObserver, type StorageOperation } from './adapters/fs/durable-storage.js';
export { LinuxSensors, type LinuxSensorsInit } from './adapters/linux/sensors.js';
export { MqttBus, type MqttBusInit } from './adapters/mqtt/mqtt-bus.js';
export { CheckProcess, type CheckProcessInit } from './adapters/native/check-process.js';
export { NativeEngine } from './adapters/native/native-engine.js';
export { type Agent, type AgentComponents, type AgentInit, createAgent } from './app/agent.js';
export { type AgentConfig, loadConfig } from './config/load.js';
export { type AgentConfigFile, agentConfigSchema } from './config/schema.js';
export type { AgentApi, HealthDetail, InferenceAnswer } from './ports/agent-api.js';
