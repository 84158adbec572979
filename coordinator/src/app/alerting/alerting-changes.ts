import type { AlertingChange } from '../../domain/alerting/alert-book.js';
import type { FleetChange } from '../../ports/fleet-store.js';

/** Changes of alerting as changes of the fleet's state. */
export function alertingChanges({ puts, drops }: AlertingChange): FleetChange[] {
  return [
    ...puts.map((record) => ({ kind: 'put-alerting' as const, record })),
    ...drops.map((record) => ({ kind: 'drop-alerting' as const, record })),
  ];
}
