package org.hcepay.demo

import android.app.Activity
import android.content.Intent
import org.hcepay.CardState
import org.hcepay.demo.engineer.BadDaysActivity
import org.hcepay.demo.engineer.TimelineActivity
import org.hcepay.demo.pay.PayActivity
import org.hcepay.demo.pay.SelfTestActivity
import org.hcepay.demo.pay.TapActivity
import org.hcepay.demo.pay.TapsActivity
import org.hcepay.demo.wallet.AddCardActivity
import org.hcepay.demo.wallet.CardActivity
import org.hcepay.demo.wallet.CheckActivity
import org.hcepay.demo.wallet.KeysActivity
import org.hcepay.demo.wallet.RulesActivity
import org.hcepay.demo.wallet.WalletActivity

/** A wallet that has something to show on each of its screens. */
fun DemoPhone.isInUse() {
    demo.isForEngineers = true
    addCard()
    addCard("kernel2-cvn14", codes = 3)
    pay()
}

/** Each screen of a wallet in use, with what it is opened by. */
fun DemoPhone.everyScreen(): List<Pair<Class<out Activity>, Intent?>> = listOf(
    WalletActivity::class.java to null,
    CardActivity::class.java to CardActivity.of(app, demo.wallet!!.cards.first { it.state == CardState.WAITING }),
    RulesActivity::class.java to RulesActivity.of(app, demo.wallet!!.cards.first()),
    AddCardActivity::class.java to null,
    TapsActivity::class.java to null,
    TapActivity::class.java to TapActivity.of(app, demo.lastTap!!),
    KeysActivity::class.java to null,
    CheckActivity::class.java to null,
    PayActivity::class.java to null,
    SelfTestActivity::class.java to null,
    TimelineActivity::class.java to null,
    BadDaysActivity::class.java to null,
)
