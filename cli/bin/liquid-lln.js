#!/usr/bin/env node
// A file of its own, so that npm can link the command before anything was compiled.
import '../dist/main.js';
