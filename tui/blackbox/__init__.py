"""What a call can prove about itself: counters, the last half minute, a bundle to hand over."""
