/** Blocks of text of which each takes the place of the one before it on a terminal, and follows it elsewhere. */
export interface LiveBlocks {
  show(block: string): void;
}

export function liveBlocks(write: (text: string) => void, isTerminal: boolean): LiveBlocks {
  let linesShown = 0;
  return {
    show: (block) => {
      const back = isTerminal && linesShown > 0 ? `\u001b[${linesShown}A\u001b[J` : '';
      linesShown = block.split('\n').length;
      write(`${back}${block}\n`);
    },
  };
}
