package org.hcepay

import java.util.concurrent.BlockingQueue
import java.util.concurrent.LinkedBlockingQueue

/** The payment service that [Replay] talks to. */
class ReplayService : PaymentService() {
    override fun onTap(report: TapReport) {
        reports += report
    }

    companion object {
        val reports: BlockingQueue<TapReport> = LinkedBlockingQueue()
    }
}
