import { parseWith } from '@liquid-lln/protocol';
import { SensorPlayer } from './player.js';
import { type PlayerReport, playerTaskSchema } from './report.js';

const countsEveryMs = 250;

// Plays the room sensors of all devices until it is stopped; tells what it sees on standard output.
const task = parseWith(playerTaskSchema, JSON.parse(process.argv[2] ?? 'null'), 'the task of the sensors', 'USAGE');
const tell = (report: PlayerReport) => process.stdout.write(`${JSON.stringify(report)}\n`);

const players = task.devices.map(
  (device, index) => new SensorPlayer({ ...device, seed: task.seed + index, onReport: tell }),
);
const tellCounts = () => tell({ kind: 'counts', devices: players.map((player) => player.counts) });
const timer = setInterval(tellCounts, countsEveryMs);
for (const player of players) player.start();

async function stop(): Promise<void> {
  clearInterval(timer);
  await Promise.all(players.map((player) => player.stop()));
  tellCounts();
}
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
