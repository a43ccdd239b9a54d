/** The command line: one class a subcommand. Says what goes wrong in one line, and by the exit status. */
package org.forkwitness.cli;
