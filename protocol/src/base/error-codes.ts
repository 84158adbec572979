/** Whose fault an error is, which decides who has to act: the caller, the other side, the machine, or us. */
export type Fault = 'caller' | 'peer' | 'environment' | 'internal';

interface ErrorEntry {
  readonly fault: Fault;
  readonly remedy: string;
}

/** Every error code there is. `docs/ERRORS.md` lists exactly these (a test compares the two). */
export const errorRegistry = {
  // The model package
  PACKAGE_TRUNCATED: entry('caller', 'The file ends early: copy or download it again.'),
  PACKAGE_MALFORMED: entry('caller', 'The file is not a valid .liquid package: make it again with `liquid-lln pack`.'),
  PACKAGE_TOO_LARGE: entry('caller', 'The package exceeds the size limit: use a smaller network.'),
  PACKAGE_VERSION_UNSUPPORTED: entry('caller', 'This package format is newer than this software: upgrade liquid-lln.'),
  PACKAGE_DIGEST_MISMATCH: entry('caller', 'The content is not what the digest promises: copy or download it again.'),
  PACKAGE_UNSIGNED: entry('caller', 'Sign the package with `liquid-lln sign --key KEY`.'),
  PACKAGE_SIGNATURE_INVALID: entry('caller', 'The signature does not fit the content: sign the package again.'),
  PACKAGE_KEY_UNTRUSTED: entry(
    'caller',
    'Sign with a key that the fleet trusts, or add the public key to the trusted keys.',
  ),
  MANIFEST_INVALID: entry('caller', 'The manifest breaks the schema: make the package again with `liquid-lln pack`.'),
  GOLDEN_VECTORS_FAILED: entry(
    'caller',
    'The package does not compute what it promises: do not deploy it; pack it again from its source.',
  ),
  // The network image and its source files
  IMAGE_INVALID: entry('caller', 'The network image is damaged or not for this kernel: pack the network again.'),
  IMAGE_ABI_UNSUPPORTED: entry(
    'caller',
    'The image needs another kernel version: pack it for this one, or upgrade the device.',
  ),
  NETWORK_UNSUPPORTED: entry(
    'caller',
    'The description asks for something that the kernel does not have: see the message.',
  ),
  SAFETENSORS_INVALID: entry('caller', 'The weights file is damaged or does not fit its description: export it again.'),
  // Running it
  INPUT_INVALID: entry('caller', 'Correct the element that the message names and send the request again.'),
  KERNEL_UNAVAILABLE: entry(
    'environment',
    'Build the kernel with `npm run setup`; it needs a C compiler (`apt-get install gcc`).',
  ),
  KERNEL_FAILED: entry('internal', 'The kernel refused the call: report this with the message.'),
  NO_LIVE_PACKAGE: entry('environment', 'No package is live on this device: deploy one.'),
  DEVICE_ISOLATED: entry(
    'environment',
    'Ask another device; an operator lets this one serve again with `liquid-lln isolate --release`.',
  ),
  OUTPUT_INVALID: entry(
    'environment',
    'The live package computes nonsense for this input: roll it back, and test it with `liquid-lln infer`.',
  ),
  ENGINE_OVERLOADED: entry('environment', 'Too many requests at once: retry after the time that the answer names.'),
  // Storage
  STORAGE_FULL: entry('environment', 'Free space on the device, then deploy again; the live package goes on serving.'),
  STORAGE_FAILED: entry('environment', 'Check the disk of the device; the live package goes on serving.'),
  STORE_CORRUPT: entry('environment', 'The damaged store was set aside for inspection; restore a backup or redeploy.'),
  STORE_FULL: entry(
    'environment',
    'Free space on the disk of the coordinator: it goes on by itself, and what it refused can be sent again.',
  ),
  STORE_NEWER: entry(
    'environment',
    'Start the version of liquid-lln that wrote the store, or restore an older backup.',
  ),
  BACKUP_INVALID: entry('caller', 'Use another backup: this one is damaged, or was cut short while it was taken.'),
  RESTORE_UNFINISHED: entry('environment', 'Restore the backup again: `liquid-lln restore` begins anew.'),
  LEADERSHIP_LOST: entry(
    'environment',
    'Nothing to do: another coordinator leads now; this one ends, and stands by when it is started with --standby.',
  ),
  // Configuration and command line
  CONFIG_INVALID: entry('caller', 'Correct the configuration at the place that the message names.'),
  USAGE: entry('caller', 'See `liquid-lln help`.'),
  FILE_UNREADABLE: entry('environment', 'Check the path and its permissions.'),
  FILE_UNWRITABLE: entry('environment', 'Check the path, its permissions and the free space.'),
  // Messages and fleet
  MESSAGE_INVALID: entry('peer', 'The sender speaks another protocol version or is faulty: compare versions.'),
  MESSAGE_TOO_LARGE: entry('peer', 'Send less at once.'),
  GENERATION_STALE: entry('peer', 'Nothing to do: a newer instruction is already in force.'),
  PERMISSION_DENIED: entry('caller', 'Use credentials with the role that the message names.'),
  COORDINATOR_UNREACHABLE: entry(
    'environment',
    'Check that the coordinator runs and that --broker names its address (`liquid-lln up` starts one).',
  ),
  TIMED_OUT: entry('environment', 'Look at the state with `liquid-lln status`; the work may still go on.'),
  DEVICE_UNREACHABLE: entry(
    'environment',
    'Look at `liquid-lln status`: the device is away or does not answer; measure again when it is back.',
  ),
  DEVICE_BUSY: entry('environment', 'Wait until what the message names is over, then measure again.'),
  MEASUREMENT_INTERRUPTED: entry(
    'environment',
    'Measure again: what was measured is no more, or nobody waited for it.',
  ),
  MEASUREMENT_UNKNOWN: entry(
    'caller',
    'Measure again: the coordinator was restarted, or the measurement is long over.',
  ),
  DATASET_UNKNOWN: entry(
    'caller',
    'List the datasets with `liquid-lln datasets list`, and register one with `datasets add`.',
  ),
  DATASET_TAKEN: entry('caller', 'This name already belongs to other data: choose another name.'),
  VERIFICATION_UNKNOWN: entry('caller', 'Make one with `liquid-lln verify`, without --last.'),
  SLOT_EMPTY: entry('caller', 'Deploy a package to the slot that the message names, then measure it.'),
  TARGET_UNKNOWN: entry('caller', 'List the devices with `liquid-lln status --target all`.'),
  TARGET_EMPTY: entry('caller', 'No device matches the target: enrol devices, or choose another target.'),
  PACKAGE_UNKNOWN: entry(
    'caller',
    'Register the package by deploying its file with --model, or choose a registered version.',
  ),
  PACKAGE_VERSION_TAKEN: entry('caller', 'This name and version already belong to other content: raise the version.'),
  SHADOW_FAILED: entry(
    'caller',
    'The candidate did worse than it may beside the live package: compare both, or deploy with other limits.',
  ),
  PACKAGE_QUARANTINED: entry(
    'caller',
    'The package was rolled back before: deploy it again only with --override and a reason.',
  ),
  ROLLOUT_CONFLICT: entry('caller', 'Wait for the running rollout, or stop it first.'),
  ROLLOUT_NOT_RECORDED: entry(
    'caller',
    'Nothing of the rollout is kept that could be planned again: it was before records were kept, or they were dropped.',
  ),
  ROLLOUT_STATE: entry(
    'caller',
    'See where the rollout is with `liquid-lln rollouts`: it has to be elsewhere for this.',
  ),
  ROLLOUT_UNKNOWN: entry('caller', 'List the rollouts with `liquid-lln status --target rollouts`.'),
  SLOT_LIVE: entry(
    'caller',
    'The slot serves: name the other one, or first bring the devices that the message names to the other slot.',
  ),
  SLOT_NOT_STAGED: entry(
    'caller',
    'Stage the package there first: `liquid-lln deploy --target production-green --model FILE`.',
  ),
  SLOT_NEEDED: entry(
    'caller',
    'The slot is the way back from a package that is not confirmed: wait for its confirmation, or roll it back.',
  ),
  INCIDENT_UNKNOWN: entry('caller', 'List the incidents with `liquid-lln incidents --all`.'),
  CHANNEL_UNKNOWN: entry('caller', 'Show the channels with `liquid-lln notify`; the configuration has them.'),
  ALERT_UNKNOWN: entry('caller', 'List alerts and silences with `liquid-lln alerts --all`.'),
  REFUSED_BY_GATE: entry('caller', 'Meet the gate that the message names, or override it with --force and a reason.'),
  NOTHING_TO_ROLL_BACK_TO: entry(
    'caller',
    'There is no previous package on the device: roll back to a version with --to-version.',
  ),
  // Boards
  BOARD_UNREACHABLE: entry(
    'environment',
    "Check the board's power, its cable and the address in the configuration; the line is opened again by itself.",
  ),
  BOARD_REFUSED: entry(
    'environment',
    'The message names the reason; look at what the board does with its health and log.',
  ),
  BOARD_TOO_SMALL: entry(
    'caller',
    'The network does not fit this board: use a smaller network, or a board with more of what the message names.',
  ),
  BOARD_DIFFERS: entry(
    'environment',
    'The board does not have what it was given: deploy again; if it stays so, replace the board.',
  ),
  UNIT_FAILED: entry(
    'environment',
    'Look at the device that the message names: what it refused or left, its whole gateway does not take.',
  ),
  INTERNAL: entry('internal', 'This is a defect: report it with the message and the log.'),
} as const;

export type ErrorCode = keyof typeof errorRegistry;

function entry(fault: Fault, remedy: string): ErrorEntry {
  return { fault, remedy };
}
