/** Two of the library's parts, which are typed with the whole. */
declare module 'systeminformation/lib/memory.js' {
  export { mem } from 'systeminformation';
}

declare module 'systeminformation/lib/cpu.js' {
  export { currentLoad } from 'systeminformation';
}
