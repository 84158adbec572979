#!/usr/bin/env node
// A file of its own, so that npm can link the command before anything was compiled. Options alone run the agent.
const [first] = process.argv.slice(2);
await import(
  first === undefined || (first.startsWith('-') && first !== '--help') ? '../dist/main.js' : '../dist/service-main.js'
);
