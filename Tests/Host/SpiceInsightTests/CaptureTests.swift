import SpiceInsight
import TestSupport
import Testing
