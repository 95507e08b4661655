package org.hcepay

/**
 * What the holder has decided for one card. No envelope of the issuer's changes it.
 *
 * @property isFrozen it pays nothing, whatever its issuer says, until [Wallet.unfreeze]
 * @property passesGates it passes gates without verification, where and as far as its issuer allows that ([Card.mayPassGates])
 * @property lowValue what it may pay without verification, where that is less than its issuer allows ([Card.lowValue]); a currency that is not
 * named: nothing. Null: as its issuer allows
 * @property temporaryUse until when, how often and how much it may pay; null where it is not limited
 * @property used how much of its temporary use is gone; null where it is not limited
 */
public class HolderRules internal constructor(
    public val isFrozen: Boolean,
    public val passesGates: Boolean,
    public val lowValue: List<Allowance>?,
    public val temporaryUse: TemporaryUse?,
    public val used: TemporarilyUsed?,
) {
    override fun toString(): String = "HolderRules"
}
