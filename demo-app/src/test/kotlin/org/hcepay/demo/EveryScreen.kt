package org.hcepay.demo

import android.app.Activity
import android.content.Intent
import org.hcepay.Amount
import org.hcepay.Card
import org.hcepay.CardState
import org.hcepay.Scope
import org.hcepay.Transfer
import org.hcepay.demo.account.TransferActivity
import org.hcepay.demo.account.TransferRowActivity
import org.hcepay.demo.coupon.CouponActivity
import org.hcepay.demo.coupon.CouponsActivity
import org.hcepay.demo.desk.CouponOrder
import org.hcepay.demo.engineer.BadDaysActivity
import org.hcepay.demo.engineer.TimelineActivity
import org.hcepay.demo.journal.AlertsActivity
import org.hcepay.demo.journal.JournalActivity
import org.hcepay.demo.journal.RowActivity
import org.hcepay.demo.pay.CodeActivity
import org.hcepay.demo.pay.OrderActivity
import org.hcepay.demo.pay.PayActivity
import org.hcepay.demo.pay.SelfTestActivity
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
    val everyday = addCard("kernel3-everyday")
    demo.change { it.setDefault(everyday) }
    settle()
    // The same twice, at a reader of one name: an alert.
    pay()
    pay()
    demo.change { wallet -> wallet.setDefault(wallet.cards.first()) }
    settle()
    demo.askBalance(everyday)
    settle()
    sendsMoney(everyday)
    givesCoupons()
}

/** Of both kinds, one of which was given to the reader in the app, which the shop settled, and one that begins later. */
fun DemoPhone.givesCoupons() {
    for (coupon in listOf(
        CouponOrder.ofAmount("Löwe & Söhne 4711", Amount(2_50, 978), "4711", uses = 2),
        CouponOrder.ofPart("4711", 12_50, inMs = 86_400_000),
    )) {
        demo.sendCoupon(coupon)
        settle()
    }
    demo.present(demo.wallet!!.coupons.single { it.worth != null })
    settle()
    pay()
    check(demo.selfTest?.coupon == "taken") { "${demo.selfTest?.coupon}" }
}

/** The holder verifies for a transfer, and the bank does it. */
fun DemoPhone.sendsMoney(card: Card) {
    val transfer = Transfer.of(Amount(50_00, 978), "DE89 3704 0044 0532 0130 00", "Löwe & Söhne", "4711")
    phone.arm(demo.wallet!!, scope = Scope.transfer(card, transfer))
    demo.transfer(card, transfer)
    settle()
}

/** Each screen of a wallet in use, with what it is opened by. */
fun DemoPhone.everyScreen(): List<Pair<Class<out Activity>, Intent?>> = listOf(
    WalletActivity::class.java to null,
    CardActivity::class.java to CardActivity.of(app, demo.wallet!!.cards.first { it.state == CardState.WAITING }),
    CardActivity::class.java to CardActivity.of(app, demo.wallet!!.cards.last()),
    RulesActivity::class.java to RulesActivity.of(app, demo.wallet!!.cards.last()),
    AddCardActivity::class.java to null,
    JournalActivity::class.java to null,
    AlertsActivity::class.java to null,
    RowActivity::class.java to RowActivity.of(app, demo.lastTap!!.id),
    KeysActivity::class.java to null,
    CheckActivity::class.java to null,
    PayActivity::class.java to null,
    CodeActivity::class.java to CodeActivity.of(app, demo.wallet!!.cards.last()),
    OrderActivity::class.java to OrderActivity.of(app, demo.wallet!!.cards.last()),
    TransferActivity::class.java to TransferActivity.of(app, demo.wallet!!.cards.last()),
    TransferRowActivity::class.java to TransferRowActivity.of(app, demo.wallet!!.transfers(0, 1).single().number),
    CouponsActivity::class.java to null,
    CouponActivity::class.java to CouponActivity.of(app, demo.wallet!!.coupons.single { it.presented.isNotEmpty() }),
    SelfTestActivity::class.java to null,
    TimelineActivity::class.java to null,
    BadDaysActivity::class.java to null,
)
