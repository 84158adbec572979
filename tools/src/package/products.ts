/** What is packaged, as an npm tarball and as a Debian package. */
export interface Product {
  /** Of both packages, and of the command. */
  readonly name: string;
  /** The workspace whose command it is. */
  readonly workspace: 'agent' | 'cli';
  /** Workspaces that travel inside: they are in no registry. */
  readonly bundled: readonly string[];
  /** Have a binary for each platform, which npm chooses where it installs; all else travels with the package. */
  readonly native: readonly string[];
  /** The page of the documentation that is its readme. */
  readonly readme: string;
  /** Its manual is what `man` of the command prints. */
  readonly hasManual: boolean;
  /** Runs as a service with a user of its own. */
  readonly isService: boolean;
  readonly debian: { readonly depends: string; readonly description: readonly string[] };
}

export const products: readonly Product[] = [
  {
    name: 'liquid-lln-agent',
    workspace: 'agent',
    bundled: ['protocol', 'firmware-bridge'],
    native: ['koffi'],
    readme: 'docs/AGENT.md',
    hasManual: false,
    isService: true,
    debian: {
      depends: 'nodejs (>= 20.15), libc6 (>= 2.31), systemd (>= 247)',
      description: [
        'gateway daemon for liquid neural networks',
        'Serves a signed liquid neural network on POST /inference, takes new ones in',
        'trials, watches them, and goes back by itself when one misbehaves.',
      ],
    },
  },
  {
    name: 'liquid-lln',
    workspace: 'cli',
    bundled: ['protocol', 'firmware-bridge', 'agent', 'coordinator'],
    native: ['koffi', 'libsql'],
    readme: 'docs/CLI.md',
    hasManual: true,
    isService: false,
    debian: {
      depends: 'nodejs (>= 20.15), libc6 (>= 2.31)',
      description: [
        'liquid neural networks on fleets of gateways, for operators',
        'Packs, signs and deploys liquid neural networks, watches them on the devices,',
        'measures, compares and takes them back; with the coordinator of a fleet.',
      ],
    },
  },
];

/** The manual's name in both packages; Debian's is compressed. */
export function manualOf({ name }: Product): string {
  return `${name}.1`;
}
