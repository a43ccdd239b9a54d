/** Runs scenario programs in real JVMs under the agent and reads the reports that come of it. */
package org.forkwitness.harness;
