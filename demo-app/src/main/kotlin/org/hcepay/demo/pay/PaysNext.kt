package org.hcepay.demo.pay

import org.hcepay.Card
import org.hcepay.Wallet

/** The card that pays next: the one that was chosen for one payment, else the default one. */
internal fun Wallet.paysNext(): Card? = chosenOnce ?: cards.find { it.isDefault }
