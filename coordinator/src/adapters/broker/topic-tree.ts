interface Node<T> {
  value: T | null;
  children: Map<string, Node<T>> | null;
}

/** Values by topic; what a filter matches is found level by level, whatever else there is. */
export class TopicTree<T> {
  readonly #root: Node<T> = { value: null, children: null };

  set(topic: string, value: T): void {
    let node = this.#root;
    for (const level of topic.split('/')) {
      node.children ??= new Map();
      let child = node.children.get(level);
      if (child === undefined) {
        child = { value: null, children: null };
        node.children.set(level, child);
      }
      node = child;
    }
    node.value = value;
  }

  /** Levels that lead nowhere any more go, too. */
  delete(topic: string): void {
    const path: { readonly parent: Node<T>; readonly level: string }[] = [];
    let node = this.#root;
    for (const level of topic.split('/')) {
      const child = node.children?.get(level);
      if (child === undefined) return;
      path.push({ parent: node, level });
      node = child;
    }
    node.value = null;
    for (const { parent, level } of path.reverse()) {
      const child = parent.children?.get(level);
      if (child === undefined || child.value !== null || (child.children?.size ?? 0) > 0) return;
      parent.children?.delete(level);
    }
  }

  /** What matches a filter of MQTT: `+` stands for one level, `#` at the end for any number of them. */
  match(filter: string): T[] {
    const found: T[] = [];
    collect(this.#root, filter.split('/'), 0, found);
    return found;
  }
}

function collect<T>(node: Node<T>, levels: readonly string[], index: number, found: T[]): void {
  const level = levels[index];
  if (level === undefined) {
    if (node.value !== null) found.push(node.value);
  } else if (level === '#') {
    collectAll(node, index === 0, found);
  } else if (level === '+') {
    for (const [name, child] of node.children ?? [])
      if (index > 0 || !isReserved(name)) collect(child, levels, index + 1, found);
  } else {
    const child = node.children?.get(level);
    if (child !== undefined) collect(child, levels, index + 1, found);
  }
}

function collectAll<T>(node: Node<T>, isFirst: boolean, found: T[]): void {
  if (node.value !== null) found.push(node.value);
  for (const [name, child] of node.children ?? []) if (!isFirst || !isReserved(name)) collectAll(child, false, found);
}

/** Topics such as `$SYS/…` are not meant by filters that begin with a wildcard. */
function isReserved(firstLevel: string): boolean {
  return firstLevel.startsWith('$');
}
