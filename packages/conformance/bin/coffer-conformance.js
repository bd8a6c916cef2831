#!/usr/bin/env node
import { runCommandLine } from '../dist/certify.js';

process.exit(await runCommandLine(process.argv.slice(2)));
