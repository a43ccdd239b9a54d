/**
 * From addresses and method ids to frames that a person can read. Done late and only for what a report shows. For one
 * thread. Stacks of vanished threads are unwound here, from the bytes that a child has sent of them.
 */
package org.forkwitness.symbols;
