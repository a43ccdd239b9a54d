/**
 * Who is to blame for a fork, and what is said of it. The rules are tables in the resources of this package, with the
 * source of each rule in its row; the classes here only evaluate them.
 */
package org.forkwitness.verdict;
