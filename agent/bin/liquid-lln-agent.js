#!/usr/bin/env node
// A file of its own, so that npm can link the command before anything was compiled. Options alone run the agent.
const [first = '--'] = process.argv.slice(2);
if (first.startsWith('-') && first !== '--help') await import('../dist/main.js');
else await import('../dist/service-main.js');
