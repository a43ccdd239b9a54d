/**
 * The live model: what the stream has said so far, record by record. Records arrive late, out of order or never, so
 * nothing is resolved here. Mutable and for one thread.
 */
package org.forkwitness.model;
