/**
 * From addresses and method ids to frames that a person can read. Done late and only for what a report shows. For one
 * thread.
 */
package org.forkwitness.symbols;
