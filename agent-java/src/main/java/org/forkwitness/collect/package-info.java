/** The collector: from the stream's bytes to report files, while the process runs and at its end. */
package org.forkwitness.collect;
