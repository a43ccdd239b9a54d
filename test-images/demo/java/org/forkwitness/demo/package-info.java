/** Small programs that fork, each in another way. {@code bin/demo} runs them under the agent. */
package org.forkwitness.demo;
